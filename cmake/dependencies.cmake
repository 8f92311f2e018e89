# Third-party libraries, all from the distribution. Asio and Beast are compiled once, in boost_compiled.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL)

add_library(boost_compiled STATIC ${CMAKE_CURRENT_LIST_DIR}/boost_compiled.cpp)
target_compile_definitions(boost_compiled PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY)
if(STREAMER_SANITIZE MATCHES address)
  # Not ours to check, and alone it takes as long as the rest. ThreadSanitizer needs it instrumented.
  target_compile_options(boost_compiled PRIVATE -fno-sanitize=all)
endif()
if(STREAMER_SANITIZE MATCHES thread)
  # GCC's ThreadSanitizer does not know fences and says so; each of these stands beside a mutex that it knows.
  target_compile_definitions(boost_compiled PUBLIC BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
target_link_libraries(boost_compiled PUBLIC Boost::headers Threads::Threads OpenSSL::SSL)

add_library(streamer_json INTERFACE)
target_compile_definitions(streamer_json INTERFACE JSON_DIAGNOSTICS=0)
target_link_libraries(streamer_json INTERFACE nlohmann_json::nlohmann_json)

pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET libavformat>=59 libavcodec>=59 libavdevice>=59 libswscale>=6 libavutil>=57)
pkg_check_modules(X264 REQUIRED IMPORTED_TARGET x264>=0.164)
pkg_check_modules(XCB REQUIRED IMPORTED_TARGET xcb xcb-shm xcb-xfixes xcb-damage xcb-dpms xcb-randr xcb-screensaver)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(CURL REQUIRED libcurl>=7.85)
find_library(YUV_LIBRARY yuv REQUIRED)
