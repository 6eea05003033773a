"""What a run did: values to print, write and draw."""
