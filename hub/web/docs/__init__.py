"""How the gateway describes itself: the OpenAPI document, and a page of it that needs nothing from elsewhere."""
