-- The only places the connection may read or write.
SET allowed_directories = $directories
