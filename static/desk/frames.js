// A mail is drawn as wide as it is told and shown as wide as there is room, so that nothing of it is cut off.
function fit(frame) {
  const mail = frame.querySelector("iframe");
  const [width, height] = [Number(mail.getAttribute("width")), Number(mail.getAttribute("height"))];
  const scale = Math.min(1, frame.clientWidth / width);
  mail.style.transform = scale < 1 ? `scale(${scale})` : "";
  mail.style.marginRight = `${width * (scale - 1)}px`;
  mail.style.marginBottom = `${height * (scale - 1)}px`;
}

document.addEventListener("DOMContentLoaded", () => {
  const watched = new ResizeObserver((entries) => entries.forEach((entry) => fit(entry.target)));
  for (const frame of document.querySelectorAll(".desk-frame:has(iframe)")) watched.observe(frame);
});
