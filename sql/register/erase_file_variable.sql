SET VARIABLE stored_files = $files::VARCHAR[]
