"""What happens around every request, whatever its route."""
