raise ImportError("old needs numpy before 1.20")
