import subprocess

print(subprocess.run(["tesseract", "--version"], capture_output=True).stdout)
