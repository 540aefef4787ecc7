#include "portaudio.h"
