"""What an owner sets up for Tesla's Fleet API: an application, a key page, a registration, a sign-in."""
