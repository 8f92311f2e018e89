# Warnings, sanitizers and the compiler cache: what every target of the project is compiled with.
set(STREAMER_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize= (empty: none)")
option(STREAMER_FUZZ "Build the fuzz targets (needs Clang)" OFF)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# A room is a static library with the project's warnings: streamer_room(NAME SOURCES... [LINK libraries...]).
# GCC 12's -Wmaybe-uninitialized is led astray by variants that are moved (boost::system::result); clang-tidy looks instead.
add_library(streamer_warnings INTERFACE)
target_compile_options(streamer_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion
  -Wno-sign-conversion -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(streamer_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# -O3 costs compile time and gains nothing here: the pixels are moved by libyuv, libswscale and x264.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
if(STREAMER_SANITIZE)
  add_compile_options(-fsanitize=${STREAMER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${STREAMER_SANITIZE})
  add_compile_definitions(STREAMER_SANITIZED)  # GCC and Clang tell it in different ways
  # Enough for a readable report; optimizing what the sanitizers added takes twice the time to compile.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O0 -g1")
endif()
if(STREAMER_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
# Hardening that costs nothing here; not under sanitizers, which bring their own checks.
if(NOT STREAMER_SANITIZE)
  add_compile_options(-fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now,--as-needed)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Several sources of a target compiled together take half the time. What has the same local names as its neighbours stays alone.
option(STREAMER_UNITY "Compile several sources together: for a whole build, not for working on it" OFF)
include(${CMAKE_CURRENT_LIST_DIR}/unity.cmake)

function(streamer_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ROOM_LINK} PRIVATE streamer_warnings)
  streamer_unity(${name} ${ROOM_SOURCES})
endfunction()
