SET search_path = 'registered,memory'
