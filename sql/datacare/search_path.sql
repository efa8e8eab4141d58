SET search_path = 'memory,registered'
