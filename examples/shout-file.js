module.exports = ({ rx }) => rx.map((bytes) => Buffer.from(bytes.toString().toUpperCase()));
