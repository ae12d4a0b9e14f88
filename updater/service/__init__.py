"""`updater run`: passes on a schedule and on a knock, told, counted and served until SIGTERM."""
