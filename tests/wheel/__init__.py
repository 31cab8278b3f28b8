"""The built distributions, installed the way a user installs them."""
