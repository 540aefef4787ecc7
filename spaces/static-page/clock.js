document.getElementById("now").textContent = new Date().toLocaleTimeString();
