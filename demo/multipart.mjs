// SPDX-License-Identifier: Apache-2.0
//
// multipart.mjs - the files of a multipart/form-data body (RFC 7578).

const BOUNDARY =
  /^multipart\/form-data\b.*\bboundary=(?:"([^"]+)"|([^;\s]+))/i;

// [{ filename, type, bytes }]; parts without a file name are left out.
export function files(contentType, body) {
  const match = BOUNDARY.exec(contentType ?? '');

  if (!match) {
    return [];
  }
  const delimiter = Buffer.from(`--${match[1] ?? match[2]}`);
  const found = [];
  let at = body.indexOf(delimiter);
  while (at >= 0) {
    const start = at + delimiter.length + 2; // CR LF, or "--" at the end
    const next = body.indexOf(delimiter, start);
    if (next < 0) {
      break;
    }
    const file = part(body.subarray(start, next - 2));
    if (file) {
      found.push(file);
    }
    at = next;
  }
  return found;
}

function part(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  const head = end < 0 ? '' : bytes.subarray(0, end).toString();
  const name = /\bfilename="([^"]*)"/i.exec(head);
  const type = /^content-type:\s*(\S+)/im.exec(head);

  return name && {
    filename: name[1],
    type: type ? type[1] : 'application/octet-stream',
    bytes: Buffer.from(bytes.subarray(end + 4)),
  };
}
