// Preloaded into servers that would listen on every interface: they listen on loopback instead.
const { Server } = require('node:net');

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  const isPort = typeof port === 'number' || typeof port === 'string';
  return isPort ? listen.call(this, Number(port), '127.0.0.1', ...rest.filter((r) => typeof r !== 'string')) : listen.call(this, port, ...rest);
};
