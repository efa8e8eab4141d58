CREATE TEMP VIEW former_sourced AS FROM previous.sourced
