open("/opt/cache.json", "w").write("{}")
