"""What the sub-commands of `polytrunk` do, one module per group."""
