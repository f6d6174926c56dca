"""What an installation contains."""
