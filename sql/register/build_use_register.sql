USE register
