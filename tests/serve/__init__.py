"""Over HAProxy and real replicas."""
