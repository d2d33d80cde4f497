"""Questions: neurons and pictures -> what each question shows and asks, from groups or from files."""
