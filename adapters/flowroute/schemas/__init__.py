"""Flowroute's wire objects, one module per area; each class is named as the contract names it."""
