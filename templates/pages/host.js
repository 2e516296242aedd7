(function () {
  var left = document.getElementById("left"), skew = Date.now() - Date.parse(left.dataset.now);
  function tick() {
    var seconds = Math.round((Date.parse(left.dataset.ends) + skew - Date.now()) / 1000), size = Math.abs(seconds);
    left.textContent = (seconds < 0 ? "−" : "") + Math.floor(size / 60) + ":" + ("0" + (size % 60)).slice(-2);
  }
  tick();
  setInterval(tick, 1000);
  setTimeout(function () { location.reload(); }, 20000);
})();
