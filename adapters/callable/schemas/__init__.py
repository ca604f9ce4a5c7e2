"""The wire objects of Callable, one module per area."""
