"""What must hold on this machine before a service is started on it."""
