FROM moved
