open("history.json", "w").write("{}")
