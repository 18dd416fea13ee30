"""What is reached over HTTP: the gateway for agencies' events. Each process of it is started by itself."""
