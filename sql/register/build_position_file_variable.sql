SET VARIABLE position_files = $files::VARCHAR[]
