"""The wire objects of jambonz, one class each, named as the contract names them."""
