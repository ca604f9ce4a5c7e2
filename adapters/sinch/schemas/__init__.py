"""The wire objects of Sinch Elastic SIP Trunking, one class each, by their contract names."""
