"""The modes of a service: what each asks of replicas, and which is in force."""
