"""The energy meters as deployments set them up and call them."""
