ATTACH $path AS registered
