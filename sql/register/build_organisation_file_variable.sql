SET VARIABLE organisation_files = $files::VARCHAR[]
