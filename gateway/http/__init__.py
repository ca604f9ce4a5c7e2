"""What all dialect apps share: dispatcher, kit, body parser, paging, life of a request, ops."""
