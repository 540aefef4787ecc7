print("it is never built")
