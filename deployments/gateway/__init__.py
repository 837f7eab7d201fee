"""What an Ingress replica needs of the rest of the graph."""
