print("guanxi")
