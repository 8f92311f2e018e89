// The bodies of Boost.Asio, Beast and Process v2, compiled once for the whole project. Of Process only what a
// launcher needs: its environment part would pull in Boost.Filesystem.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
#include <boost/process/v2/detail/config.hpp>
#include <boost/process/v2/detail/impl/utf8.ipp>
#include <boost/process/v2/impl/error.ipp>
#include <boost/process/v2/posix/detail/close_handles.ipp>
