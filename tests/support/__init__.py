"""What tests share: settings, a PostgreSQL of their own, a browser."""
