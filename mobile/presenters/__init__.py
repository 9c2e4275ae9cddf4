"""What each screen shows, as pure functions from facts to frozen states; nothing here draws."""
