// The page's data is JSON, deflated, in base64: plain it would be the second largest part of the file.
async function unpacked(id) {
  const packed = atob(document.getElementById(id).textContent);
  const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(plain).json();
}

let FIGURES = {};
let DETAILS = {};

async function unpackAll() {
  [FIGURES, DETAILS] = await Promise.all([unpacked("figures"), unpacked("details")]);
}
