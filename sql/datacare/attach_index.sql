ATTACH $path AS registered (READ_ONLY)
