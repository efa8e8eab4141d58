SET temp_file_encryption = true
