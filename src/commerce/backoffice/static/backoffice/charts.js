// Draws the charts of a page with the Chart.js that unfold ships. Values come as text, exact to the last decimal.
"use strict";

(() => {
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  // A color of the style sheet as the script can mix it: browsers tell it in whatever color space it was written in.
  const color = (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = getComputedStyle(probe).color;
    pixel.fillRect(0, 0, 1, 1);
    probe.remove();
    const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data;
    return `rgb(${red}, ${green}, ${blue})`;
  };

  const draw = (canvas) => {
    const { kind, labels, sets } = JSON.parse(document.getElementById(canvas.dataset.from).textContent);
    const lines = color("--color-base-400");
    const number = new Intl.NumberFormat(document.documentElement.lang);
    const shown = (value, unit) => `${number.format(value)}${unit ? ` ${unit}` : ""}`;
    return new Chart(canvas, {
      type: kind,
      data: {
        labels,
        datasets: sets.map((set) => ({
          label: set.label,
          unit: set.unit,
          data: set.values,
          backgroundColor: color(set.color),
          hoverBackgroundColor: color(set.color),
          borderColor: color(set.color),
          borderRadius: 3,
          maxBarThickness: 28,
          borderWidth: kind === "line" ? 2 : 0,
          pointRadius: 2,
          tension: 0,
        })),
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        locale: document.documentElement.lang,
        plugins: {
          legend: { display: sets.length > 1, labels: { color: lines } },
          tooltip: {
            callbacks: { label: (at) => `${at.dataset.label}: ${shown(at.parsed.y, at.dataset.unit)}` },
          },
        },
        scales: {
          x: { ticks: { color: lines }, grid: { display: false } },
          y: {
            beginAtZero: true,
            ticks: { color: lines, maxTicksLimit: 6, callback: (value) => shown(value, "") },
            grid: { color: "rgba(128, 128, 128, 0.25)" },
          },
        },
      },
    });
  };

  for (const canvas of document.querySelectorAll("canvas[data-from]")) {
    draw(canvas);
  }
})();
